// Writes so many megabytes without a newline, and then says so for ever: whoever reads too slowly loses lines, and that may be the first.
const megabyte = Buffer.alloc(1024 * 1024, 'x')
let left = Number(process.argv[2])
const more = () => {
  while (left-- > 0) if (!process.stdout.write(megabyte)) return process.stdout.once('drain', more)
  setInterval(() => console.log('\nall of it is written'), 250)
}
more()
