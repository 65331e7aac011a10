export { RecordingCore } from './recording-core.js'
export { VirtualClock } from './virtual-clock.js'
