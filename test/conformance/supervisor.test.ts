// Runs every case over every kind of component.
import { describe } from 'node:test'
import { children } from './children.ts'
import { groups } from './groups.ts'
import { inProcess, processes, threads } from './kit.ts'
import { restarting } from './restarting.ts'
import { starting } from './starting.ts'
import { stopping } from './stopping.ts'
import { trees } from './trees.ts'

for (const kit of [inProcess, threads, processes])
  describe(`over ${kit.name}`, { concurrency: kit.killable ? 4 : 1 }, () => {
    for (const suite of [starting, stopping, children, restarting, groups, trees]) suite(kit)
  })
