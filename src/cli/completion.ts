// selfheal completion: tab completion for bash, zsh and fish. The script asks `selfheal completion --words <what is typed>`, which knows the
// commands, their options, and the programs of the selfheal that runs here.
import { type Command, Command as Make } from 'commander'
import { fail } from './answer.ts'
import { usage } from './failure.ts'
import { place, runningHere } from './place.ts'

const BASH = `_selfheal() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(selfheal completion --words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _selfheal selfheal
`
const ZSH = `#compdef selfheal
_selfheal() {
  local -a words_found
  words_found=("\${(@f)$(selfheal completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $words_found || _files
}
compdef _selfheal selfheal
`
const FISH = `function __selfheal_words
  set -l found (selfheal completion --words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c selfheal -f -a '(__selfheal_words)'
`
const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
const TAKES_PROGRAMS = new Set(['start', 'stop', 'restart', 'reload', 'logs'])

export function completionCommand(cli: Command): Command {
  return new Make('completion')
    .description('tab completion: eval "$(selfheal completion bash)" in ~/.bashrc; zsh and fish likewise')
    .argument('[shell]', 'bash, zsh or fish', 'bash')
    .argument('[typed...]', 'with --words: what is typed so far')
    .option('--words', 'what may follow; for the scripts')
    .action(async (shell: string, typed: readonly string[], { words = false }: { readonly words?: boolean }) => {
      const script = SCRIPTS[shell]
      if (words) process.stdout.write((await wordsAfter(cli, [shell, ...typed])).map(word => `${word}\n`).join(''))
      else if (script !== undefined) process.stdout.write(script)
      else fail(usage(`there is no completion for ${shell}.`, 'There is one for bash, zsh and fish.'))
    })
}

async function wordsAfter(cli: Command, typed: readonly string[]): Promise<readonly string[]> {
  const begun = typed.at(-1) ?? ''
  const command = typed.length > 1 ? cli.commands.find(one => one.name() === typed[0]) : undefined
  if (command === undefined) return typed.length > 1 ? [] : cli.commands.map(one => one.name())
  if (begun.startsWith('-')) return command.options.map(option => option.long ?? option.short ?? '')
  const inner = command.commands.map(one => one.name())
  if (command.name() === 'completion') return Object.keys(SCRIPTS)
  return inner.length > 0 ? inner : TAKES_PROGRAMS.has(command.name()) ? programs() : []
}

/** Of the selfheal that runs here, else of the configuration; none rather than an error. */
async function programs(): Promise<readonly string[]> {
  try {
    const { parts } = await runningHere({})
    const { programs: names } = parts.find(part => part.kind === 'system')!.snapshot as { programs?: readonly string[] }
    return names ?? []
  } catch {
    const { loaded } = await place({}).catch(() => ({ loaded: undefined }))
    return Object.keys(loaded?.config.programs ?? {})
  }
}
