export * from './manual-clock.ts'
export * from './record-events.ts'
export * from './scripted.ts'
