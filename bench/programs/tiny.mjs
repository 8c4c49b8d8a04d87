// The least program that serves: answers its pid.
import { createServer } from 'node:http'

createServer((_, answer) => answer.end(String(process.pid))).listen(Number(process.env.PORT), '127.0.0.1')
