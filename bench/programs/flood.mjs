// Writes so many megabytes without a newline, says so, and stays.
const megabyte = Buffer.alloc(1024 * 1024, 'x')
let left = Number(process.argv[2])
const more = () => {
  while (left-- > 0) if (!process.stdout.write(megabyte)) return process.stdout.once('drain', more)
  console.log('\nall of it is written')
}
more()
setInterval(() => {}, 60_000)
