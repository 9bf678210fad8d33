// Số định danh cá nhân: 12 digits PPP G YY SSSSSS (NĐ 137/2015/NĐ-CP, TT 59/2021/TT-BCA). PPP is the code of one of the 63
// provinces before 2025-07-01 or of a foreign country; G tells sex and century; no check digit. Mirrors identity::CheckPersonalNo.
const kProvinces = new Set(
  (
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 044 045 046 048 ' +
    '049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096'
  ).split(' ')
);

/** "" when sound, otherwise the reason. `birthOn` and `sex` may be "" when unknown. */
export function checkPersonalNo(personalNo: string, birthOn: string, sex: string): string {
  if (!/^\d{12}$/.test(personalNo)) return 'personal_no_malformed';
  const place = personalNo.slice(0, 3);
  // Codes from 100 on are countries.
  if (place < '100' && !kProvinces.has(place)) return 'personal_no_province_unknown';
  const digit = Number(personalNo[3]);
  const year = 1900 + Math.floor(digit / 2) * 100 + Number(personalNo.slice(4, 6));
  if (birthOn && Number(birthOn.slice(0, 4)) !== year) return 'personal_no_birth_mismatch';
  if (sex && (digit % 2 === 0 ? 'male' : 'female') !== sex) return 'personal_no_sex_mismatch';
  return '';
}
