/** A process of its own that downloads a repository by what its environment says, and prints the snapshot's folder. */
import { digestFile } from '@evalgraph/formats';
import { openHub } from '../../../sources/src/hub/index.ts';

const [name = ''] = process.argv.slice(2);
const hub = openHub();
const repository = { kind: 'model', name } as const;
const { commit, files } = await hub.resolve(repository, 'main');
const options = { label: name, note: (line: string) => console.error(line), digest: digestFile };
const { folder } = await hub.fetch({ repository, commit, revision: 'main', files }, options);
process.stdout.write(folder);
