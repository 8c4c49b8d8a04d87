export * from './events.ts'
export * from './needs.ts'
export * from './programs.ts'
export * from './selfheal.ts'
