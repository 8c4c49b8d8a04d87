// A fault that is done ten times a second until it ends; and was it done at all? A kill that kills nobody would make every arm look well.
import { setTimeout as wait } from 'node:timers/promises'

export function tenTimesASecond(what: string, kill: () => Promise<number>) {
  let going = true
  let killed = 0
  let done: Promise<void> = Promise.resolve()
  const loop = async () => {
    while (going) {
      killed += await kill()
      await wait(100)
    }
  }
  return {
    begin: async () => void (done = loop()),
    async end() {
      going = false
      await done
      if (killed === 0) throw new Error(`${what} has ended no session: this fault was none`)
    },
  }
}
