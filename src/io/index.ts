export { type CommandOptions, command } from './command.ts'
export { CommandError, type Ended, isCommandError } from './errors.ts'
export { type Files, type FilesOptions, files } from './files.ts'
export type { Within } from './time.ts'
