export { PROMISING, subjects } from './subjects.js';
