// Runs a graph again and again on Node.js: one line of input is a number of runs, one line of output the milliseconds that they took.
// Arguments: the graph, threads of one call, and the inputs as name:type:dimensions, filled with the value 0.5 (floats) or 1 (integers).
import { createInterface } from 'node:readline'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const [path, threads, ...inputs] = process.argv.slice(2)
const session = await InferenceSession.create(path, {
  executionProviders: ['cpu'], graphOptimizationLevel: 'all', executionMode: 'sequential', interOpNumThreads: 1, intraOpNumThreads: Number(threads),
  extra: { session: { intra_op: { allow_spinning: '0' } } },
})
const feeds = {}
for (const input of inputs) {
  const [name, type, shape] = input.split(':')
  const dimensions = shape === '' ? [] : shape.split('x').map(Number)
  const length = dimensions.reduce((a, b) => a * b, 1)
  feeds[name] = type === 'int64' ? new Tensor('int64', new BigInt64Array(length).fill(1n), dimensions) : new Tensor('float32', new Float32Array(length).fill(0.5), dimensions)
}
await session.run(feeds)
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now()
  for (let i = 0; i < Number(line); i++) await session.run(feeds)
  console.log(performance.now() - start)
}
