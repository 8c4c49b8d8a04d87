// A connection is opened by whoever asks first, and used by all: what is heard on it later (a message, a notification) must not be under the
// deadline of that one request.
import { outsideFrames } from '../core/index.ts'

export function connectsOutside(client: { connect(...args: never[]): unknown }): void {
  const own = client.connect.bind(client)
  client.connect = (...args: never[]) => outsideFrames(() => own(...args))
}
