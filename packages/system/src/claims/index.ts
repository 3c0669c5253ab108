export { type Claim, type Claims, openClaims } from './claims.ts';
