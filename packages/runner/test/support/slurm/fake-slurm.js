// A stand-in for a Slurm cluster. FAKE_SLURM names a folder: `plan` there has one word for each submission (run, hold,
// timeout, lose, vanish, refuse, late), `jobs/<id>.json` is what the controller knows of a job, and `calls` gets each
// command with its arguments. A job runs as a process of its own, whoever submitted it.
const { spawn } = require('node:child_process');
const {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} = require('node:fs');
const { join } = require('node:path');

const folder = process.env.FAKE_SLURM;
const jobs = join(folder, 'jobs');
const file = (id) => join(jobs, `${id}.json`);
const load = (id) => JSON.parse(readFileSync(file(id), 'utf8'));
const store = (job) => {
  const staged = `${file(job.id)}.${process.pid}`;
  writeFileSync(staged, JSON.stringify(job));
  renameSync(staged, file(job.id));
};
const all = () =>
  existsSync(jobs)
    ? readdirSync(jobs)
        .filter((name) => name.endsWith('.json'))
        .map((name) => load(name.slice(0, -5)))
    : [];
/** Submissions may come at once. */
const nextId = () => {
  for (let id = 1; ; id++) {
    try {
      mkdirSync(join(folder, `id-${id}`));
      return id;
    } catch {}
  }
};
const fail = (text, code = 1) => {
  process.stderr.write(`${text}\n`);
  process.exit(code);
};
const valueIn = (args, name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);

const commands = {
  sbatch(args) {
    const script = args.at(-1);
    mkdirSync(jobs, { recursive: true });
    const id = nextId();
    const plan = existsSync(join(folder, 'plan'))
      ? readFileSync(join(folder, 'plan'), 'utf8').trim().split(/\s+/)
      : ['run'];
    const mode = plan[Math.min(id, plan.length) - 1];
    if (mode === 'refuse')
      fail(
        'sbatch: error: invalid partition specified: nowhere\nsbatch: error: Batch job submission failed: Invalid partition name specified',
      );
    const log = valueIn(args, 'output').replaceAll('%%', '%');
    store({
      id,
      mode,
      name: valueIn(args, 'job-name'),
      script,
      log,
      cwd: valueIn(args, 'chdir'),
      state: 'PENDING',
      exit: '0:0',
      pid: null,
    });
    if (mode !== 'hold')
      spawn(process.execPath, [__filename, 'slurmstepd', String(id)], {
        detached: true,
        stdio: 'ignore',
      }).unref();
    if (mode === 'late')
      fail('sbatch: error: Batch job submission failed: Socket timed out on send/recv operation');
    process.stdout.write(`Welcome to the cluster\n${id}\n`);
  },
  slurmstepd([id]) {
    const job = load(id);
    const out = openSync(job.log, 'a');
    const child = spawn('bash', [job.script], { cwd: job.cwd, stdio: ['ignore', out, out], detached: true });
    store({ ...job, state: 'RUNNING', pid: child.pid });
    child.on('exit', (code) => {
      const now = load(id);
      if (now.state !== 'RUNNING') return;
      store({ ...now, state: code === 0 ? 'COMPLETED' : 'FAILED', exit: `${code}:0` });
    });
    if (job.mode !== 'timeout') return;
    // However long the program takes to begin.
    const clock = setInterval(() => {
      if (!existsSync(join(process.env.FAKE_LM_EVAL, 'calls'))) return;
      clearInterval(clock);
      store({ ...load(id), state: 'TIMEOUT' });
      appendFileSync(job.log, 'slurmstepd: error: *** JOB CANCELLED DUE TO TIME LIMIT ***\n');
      process.kill(-child.pid, 'SIGKILL');
    }, 100);
  },
  squeue(args) {
    if (existsSync(join(folder, 'down')))
      fail('slurm_load_jobs error: Unable to contact slurm controller (connect failure)');
    const slow = join(folder, 'slow');
    if (existsSync(slow))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(readFileSync(slow, 'utf8')));
    const name = valueIn(args, 'name');
    if (name !== undefined) {
      process.stdout.write(
        all()
          .filter((job) => job.name === name)
          .map((job) => `${job.id}\n`)
          .join(''),
      );
      return;
    }
    const id = valueIn(args, 'jobs');
    if (!existsSync(file(id))) fail('slurm_load_jobs error: Invalid job id specified');
    const job = load(id);
    const over = !['PENDING', 'RUNNING'].includes(job.state);
    if (over && (job.mode === 'vanish' || job.mode === 'lose'))
      fail('slurm_load_jobs error: Invalid job id specified');
    process.stdout.write(`${job.state}|${job.state === 'PENDING' ? 'Resources' : 'None'}\n`);
  },
  sacct(args) {
    if (!existsSync(join(folder, 'accounting'))) fail('Slurm accounting storage is disabled');
    const job = load(valueIn(args, 'jobs'));
    process.stdout.write(`${job.state === 'CANCELLED' ? 'CANCELLED by 1000' : job.state}|${job.exit}\n`);
  },
  scancel(args) {
    for (const id of args.filter((arg) => /^\d+$/.test(arg))) {
      const job = load(id);
      if (!['PENDING', 'RUNNING'].includes(job.state)) continue;
      store({ ...job, state: 'CANCELLED' });
      try {
        if (job.pid !== null) process.kill(-job.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  },
};

const [name, ...args] = process.argv.slice(2);
if (name !== 'slurmstepd') appendFileSync(join(folder, 'calls'), `${JSON.stringify([name, ...args])}\n`);
commands[name](args);
