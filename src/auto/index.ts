export type * from './events.ts'
export { autoMode } from './install.ts'
