import { describe, expect, it } from 'vitest';
import { readChipCard } from './chip_card';

const kLine = '096192002211|381234567|Lê Thị Thu Ngân|21031992|Nữ|Số 12, khóm 6, Phường An Xuyên, Cà Mau|15082021';

describe('readChipCard', () => {
  it('reads every part', () => {
    expect(readChipCard(kLine)).toEqual({ full_name: 'Lê Thị Thu Ngân', personal_no: '096192002211', birth_on: '1992-03-21', sex: 'female', address: 'Số 12, khóm 6, Phường An Xuyên, Cà Mau' });
  });
  it('takes a card without an old number, with more parts and a line end', () => {
    expect(readChipCard('096088003344||Phạm Hoàng Khải|09091988|Nam|Khóm 1|01012022||Phạm A|Trần B\r\n')).toMatchObject({ personal_no: '096088003344', sex: 'male', birth_on: '1988-09-09' });
  });
  it('composes letters typed with separate marks', () => {
    expect(readChipCard(kLine.normalize('NFD'))?.full_name).toBe('Lê Thị Thu Ngân');
    expect(readChipCard(kLine.normalize('NFD'))?.sex).toBe('female');
  });
  it.each(['', '096192002211', 'https://example.com/a|b|c|d|e|f', kLine.replace('21031992', '31021992'), kLine.replace('096192002211', '09619200221'), kLine.replace('Lê Thị Thu Ngân', '')])('refuses %j', (line) => {
    expect(readChipCard(line)).toBeNull();
  });
});
