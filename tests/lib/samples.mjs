// Invented people, papers and answers.
import { execFileSync } from 'node:child_process';

/** The text of a PDF as it is laid out. */
export function textOf(pdf) {
  return execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' }).normalize('NFC');
}

export const kWard = 'H12.126';
export const kArea = '32002';

export function smallPdf(text = '') {
  return Buffer.from(
    `%PDF-1.4\n% ${text}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n` +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'
  );
}

export const kPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64'
);

/** The date so many days from today in Việt Nam, YYYY-MM-DD. */
export function daysFromToday(days) {
  return new Date(Date.now() + 7 * 3600_000 + days * 86_400_000).toISOString().slice(0, 10);
}

export const kWalkIn = { full_name: 'Phan Thị Cẩm Nhung', personal_no: '096190005678', birth_on: '1990-05-14', sex: 'female', phone: '0900000777' };

/** Sound answers of a birth registration by the child's mother, from her prefilled data. */
export function birthAnswers(prefill) {
  return {
    situation: 'ordinary',
    requester: prefill.requester.value,
    requester_address: prefill.requester_address.value,
    requester_phone: prefill.requester_phone.value,
    relation: 'mother',
    child_name: 'Nguyễn Gia Bảo',
    child_birth_on: daysFromToday(-20),
    child_sex: 'male',
    child_ethnicity: 'Kinh',
    child_nationality: 'vietnam',
    child_birth_at: 'facility',
    child_birth_facility: 'Bệnh viện Sản - Nhi Cà Mau',
    child_birth_place: { area_code: kArea, detail: 'Khóm 1' },
    child_hometown: 'Cà Mau',
    birth_proof: 'notification',
    parents_declared: 'mother_only',
    mother: prefill.requester.value,
    mother_ethnicity: 'Kinh',
    mother_nationality: 'Việt Nam',
    mother_address: prefill.requester_address.value,
    wants_copies: false
  };
}

/** A whole birth registration of the signed-in citizen, ready to be sent. */
export async function newBirth(citizen) {
  const form = await citizen.get('/api/v1/procedures/1.001193/form');
  const file = await citizen.upload(smallPdf(), 'giay-chung-sinh.pdf');
  return {
    procedure_code: '1.001193',
    unit_code: kWard,
    answers: birthAnswers(form.body.prefill),
    papers: [{ paper_id: 'birth_notification', file_ids: [file] }],
    declaration: true
  };
}

/** A joint file of birth, residence in Tân Thành and health card of the signed-in citizen; two copies of the certificate are paid for. */
export async function newJointBirth(citizen, more = {}) {
  const form = await citizen.get('/api/v1/procedures/2.000986/form');
  const { situation: _ordinary, ...birth } = birthAnswers(form.body.prefill);
  return {
    procedure_code: '2.000986',
    unit_code: kWard,
    answers: {
      ...birth,
      residence_address: { area_code: '32025', detail: 'Số 9, khóm 2' },
      household_head: form.body.prefill.requester.value,
      relation_to_head: 'con',
      first_care_place: 'Bệnh viện Sản - Nhi Cà Mau',
      wants_copies: true,
      copies_count: 2,
      ...more
    },
    papers: [{ paper_id: 'birth_notification', file_ids: [await citizen.upload(smallPdf(), 'giay-chung-sinh.pdf')] }],
    declaration: true
  };
}

function holds(condition, answers) {
  if (!condition) return true;
  if (condition.all) return condition.all.every((one) => holds(one, answers));
  if (condition.any) return condition.any.some((one) => holds(one, answers));
  if (condition.not) return !holds(condition.not, answers);
  const value = answers[condition.field];
  if ('equals' in condition) return value === condition.equals;
  if ('in' in condition) return condition.in.includes(value);
  return (value !== undefined) === condition.present;
}

function answerFor(field, person) {
  switch (field.type) {
    case 'text':
    case 'textarea':
      if (field.pattern) return field.pattern.includes('0-9') ? '0123456789' : 'Nguyễn Minh An';
      return 'Theo giấy tờ kèm theo'.slice(0, field.length_max ?? 200);
    case 'number':
    case 'money':
      return Math.max(Math.ceil(field.min ?? 0), Math.min(2, field.max ?? 2));
    case 'date':
      return field.future ? daysFromToday(60) : '2024-05-14';
    case 'choice':
      return field.options[0].value;
    case 'choices':
      return [field.options[0].value];
    case 'yes_no':
      return false;
    case 'phone':
      return '0900000101';
    case 'email':
      return 'ai-do@example.com';
    case 'address':
      return { area_code: kArea, detail: 'Số 25, khóm 4' };
    case 'person':
      return { full_name: person.full_name, personal_no: person.personal_no, birth_on: person.birth_on, sex: person.sex };
    case 'repeat':
      return [Object.fromEntries(field.fields.filter((one) => one.type !== 'note').map((one) => [one.id, answerFor(one, person)]))];
    default:
      throw new Error(`no answer for a field of type ${field.type}`);
  }
}

/** Answers to every question a form asks, as its own description says; and the papers it then needs. */
export async function fillForm(client, procedureCode, person) {
  const { body } = await client.get(`/api/v1/procedures/${procedureCode}/form`);
  const fields = body.form.groups.flatMap((group) => group.fields).filter((field) => field.type !== 'note');
  const answers = {};
  // An answer can open or close further questions.
  for (let round = 0; round < 4; round++)
    for (const field of fields) {
      if (!holds(field.when, answers)) delete answers[field.id];
      else answers[field.id] ??= answerFor(field, person);
    }
  const papers = [];
  for (const paper of body.papers)
    if (paper.required && holds(paper.when, answers)) papers.push({ paper_id: paper.paper_id, file_ids: [await client.upload(smallPdf(), 'giay-to.pdf')] });
  return { form: body, answers, papers };
}
