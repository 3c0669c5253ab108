export { screenOf } from '@evalgraph/report/terminal';
