// On which ports the simulated payment providers listen: the usual ones where they are free, else any. Env MARKETPLACE_PAYMENT_PORTS
// names four.
import { createServer } from 'node:net'

export interface ProviderPorts {
  readonly api: number
  /** Where it is told how to misbehave, and shows its books. */
  readonly admin: number
}

const USUAL = [54_331, 54_332, 54_333, 54_334] as const

export async function paymentPorts(): Promise<readonly [ProviderPorts, ProviderPorts]> {
  const ports = (process.env.MARKETPLACE_PAYMENT_PORTS ?? '').split(',').map(Number).filter(Boolean)
  if (ports.length !== USUAL.length) ports.length = 0
  for (const usual of USUAL.slice(ports.length)) ports.push((await free(usual)) ?? (await free(0)) ?? usual)
  const [a = 0, b = 0, c = 0, d = 0] = ports
  return [
    { api: a, admin: b },
    { api: c, admin: d },
  ]
}

/** Itself where it is free; 0: any. */
export function free(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
