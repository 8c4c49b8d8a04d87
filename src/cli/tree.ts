// selfheal tree: the live tree, down to the components inside the programs: states, restarts, uptimes, last reasons.
import { Command } from 'commander'
import { answer } from './answer.ts'
import { runningHere } from './place.ts'
import { draw, treeOf } from './tree-shape.ts'

export function treeCommand(): Command {
  return new Command('tree')
    .description('the live tree: states, restarts, uptimes, last reasons')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: { readonly json?: boolean; readonly state?: string }) => {
      await answer(
        options,
        async () => {
          const { parts, pid, version } = await runningHere(options)
          return { pid, version, tree: treeOf(parts) }
        },
        ({ tree }) => draw(tree, Date.now()),
      )
    })
}
