/**
 * Programs for shells. Each asks `evalgraph complete` what may follow; a last line `:files` means that names of files
 * may, too. Where there is no program `evalgraph`, they make a function of that name that calls npx.
 */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const FUNCTION = `command -v evalgraph >/dev/null || evalgraph() { npx evalgraph "$@"; }`;

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# evalgraph: completion for bash
${FUNCTION}
_evalgraph() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ':files' ]; then compopt -o default 2>/dev/null; else COMPREPLY+=("$line"); fi
  done < <(evalgraph complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _evalgraph evalgraph
`,
  zsh: `#compdef evalgraph
# evalgraph: completion for zsh
${FUNCTION}
_evalgraph() {
  local line files
  local -a offered
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then files=1; else offered+=("$line"); fi
  done < <(evalgraph complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#offered} )) && compadd -a offered
  [[ -n $files ]] && _files
}
compdef _evalgraph evalgraph
`,
  fish: `# evalgraph: completion for fish
if not command -q evalgraph
  function evalgraph
    npx evalgraph $argv
  end
end
function __evalgraph_complete
  set -l typed (commandline -opc) "$(commandline -ct)"
  for line in (evalgraph complete -- $typed[2..] 2>/dev/null)
    if test "$line" = ':files'
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c evalgraph -f -a '(__evalgraph_complete)'
`,
};

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
