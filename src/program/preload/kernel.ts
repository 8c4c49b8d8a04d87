// What the kernel shows of a main thread that is stuck where no JavaScript looks up: in which call it waits, for whom, or that it computes.
// Read from /proc by the watchdog thread, best effort: undefined where /proc or the right is missing.
import { readFileSync, readlinkSync } from 'node:fs'

type Calls = Readonly<Record<number, 'read' | 'write' | 'open' | 'wait' | 'poll' | 'sleep' | 'lock' | 'receive' | 'connect'>>

// biome-ignore format: a table
const X64: Calls = {
  0: 'read', 17: 'read', 19: 'read', 1: 'write', 18: 'write', 20: 'write', 2: 'open', 257: 'open', 61: 'wait', 247: 'wait', 7: 'poll', 271: 'poll',
  232: 'poll', 281: 'poll', 441: 'poll', 23: 'poll', 270: 'poll', 35: 'sleep', 230: 'sleep', 202: 'sleep', 72: 'lock', 73: 'lock', 45: 'receive', 47: 'receive', 42: 'connect',
}
const ARM64: Calls = {
  63: 'read',
  67: 'read',
  65: 'read',
  64: 'write',
  68: 'write',
  66: 'write',
  56: 'open',
  260: 'wait',
  95: 'wait',
  73: 'poll',
  22: 'poll',
  441: 'poll',
  101: 'sleep',
  115: 'sleep',
  98: 'sleep',
  25: 'lock',
  32: 'lock',
  207: 'receive',
  212: 'receive',
  203: 'connect',
}

/** Of the main thread of this process. */
export function kernelView(pid = process.pid): string | undefined {
  try {
    const task = `/proc/${pid}/task/${pid}`
    const state = /^.*\) (\S)/s.exec(readFileSync(`${task}/stat`, 'utf8'))?.[1]
    if (state === 'R')
      return 'computing in native code (a huge JSON, a hash, a compression: what has a *Sync name or no callback)'
    const [number, first] = readFileSync(`${task}/syscall`, 'utf8').split(' ')
    const call = (process.arch === 'arm64' ? ARM64 : X64)[Number(number)]
    const child = call === 'poll' || call === 'wait' ? newestChild(task) : undefined
    if (child !== undefined) return `waiting for its child process ${child} (execSync, spawnSync)`
    const words: Readonly<Record<string, string>> = {
      read: `in a blocking read of ${file(pid, first)}`,
      write: `in a blocking write to ${file(pid, first)}`,
      open: 'opening a file that does not open (a named pipe, a network disk)',
      lock: `waiting for a lock on ${file(pid, first)}`,
      receive: `in a blocking read of ${file(pid, first)}`,
      connect: 'in a blocking connect',
      poll: 'waiting in the kernel for input',
      sleep: 'sleeping (Atomics.wait, a lock of a native module)',
      wait: 'waiting for a child process',
    }
    return call === undefined ? `in system call ${number} (state ${state})` : words[call]
  } catch {
    return undefined
  }
}

function newestChild(task: string): string | undefined {
  const pid = readFileSync(`${task}/children`, 'utf8').trim().split(' ').at(-1)
  return pid ? `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})` : undefined
}

function file(pid: number, hex = ''): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${Number(hex)}`)
  } catch {
    return 'a file'
  }
}
