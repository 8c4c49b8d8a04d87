// `npm run build:page`: builds the dashboard's page into src/dashboard/page, where the server reads it: a script, a sheet, what draws
// charts, names that stay.
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src/dashboard/web',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../page',
    emptyOutDir: true,
    modulePreload: false,
    target: 'es2022',
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    rollupOptions: {
      output: { entryFileNames: 'page.js', chunkFileNames: 'chart.js', assetFileNames: 'page[extname]' },
    },
  },
})
