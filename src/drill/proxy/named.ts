// Wire faults by name, with options that survive a pipe: what a drill tells a proxy in another process.
import { bandwidth } from './bandwidth.ts'
import { blackHole } from './black-hole.ts'
import { dataLimit } from './data-limit.ts'
import { down } from './down.ts'
import { hang } from './hang.ts'
import { latency } from './latency.ts'
import { reset } from './reset.ts'
import { slicer } from './slicer.ts'
import { slowClose } from './slow-close.ts'
import type { WireFault } from './wire.ts'

export const WIRE_FAULTS = Object.freeze({ latency, down, bandwidth, slowClose, hang, reset, slicer, dataLimit, blackHole })
export type WireFaultName = keyof typeof WIRE_FAULTS

/** 'latency' with its options. */
export type NamedWireFault = {
  [N in WireFaultName]: Parameters<(typeof WIRE_FAULTS)[N]> extends []
    ? { readonly name: N }
    : { readonly name: N } & NonNullable<Parameters<(typeof WIRE_FAULTS)[N]>[0]>
}[WireFaultName]

export function wireFault({ name, ...options }: NamedWireFault): WireFault {
  return (WIRE_FAULTS[name] as (options: object) => WireFault)(options)
}
