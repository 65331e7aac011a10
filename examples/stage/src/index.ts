export { mailTelling, openPostOffice, type PostOffice } from './post-office.js'
export { type Colour, inMs, paint, paintTransport, Timeline } from './timeline.js'
