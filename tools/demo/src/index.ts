export { PROMISING, subjects, type SubjectBroker } from './subjects.js';
