// Runs every case over every kind of component.
import { describe } from 'node:test'
import { children } from './children.ts'
import { groups } from './groups.ts'
import { inProcess, threads } from './kit.ts'
import { restarting } from './restarting.ts'
import { starting } from './starting.ts'
import { stopping } from './stopping.ts'
import { trees } from './trees.ts'

for (const kit of [inProcess, threads])
  describe(`over ${kit.name}`, () => {
    for (const suite of [starting, stopping, children, restarting, groups, trees]) suite(kit)
  })
