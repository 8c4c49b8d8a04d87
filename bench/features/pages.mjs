// So many pages on the stream, in a process of their own. Says a line when all are there, and when all have heard of a change: the moment.
import { connect } from 'node:net'

const [port, count] = process.argv.slice(2).map(Number)
let heard = 0
let round = 0
for (let i = 0; i < count; i++) {
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /selfheal/modes/stream HTTP/1.1\r\nhost: x\r\n\r\n')
  let of = 0
  socket.on('data', data => {
    let at = -1
    while ((at = data.indexOf('data: {', at + 1)) !== -1) {
      if (++of - 1 === round) heard++
      if (heard === count) {
        heard = 0
        round++
        console.log(performance.timeOrigin + performance.now())
      }
    }
  })
  socket.on('error', () => {})
  if (i % 100 === 99) await new Promise(resolve => setTimeout(resolve, 20))
}
