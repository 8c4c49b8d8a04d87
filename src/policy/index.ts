export type * from './call.ts'
