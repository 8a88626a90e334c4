import { defineWords } from '../../app/define-words.ts';

export const integrateLettersWords = defineWords(
  {
    title: '未识别报文',
    explain: '收到了但没能看懂的内容，连同原始字节和原因。设备会按已收处理，不会因此反复重发。',
    filter: '筛选来源、设备或原因',
    at: '时间',
    source: '来源',
    device: '设备',
    reason: '原因',
    hex: '字节（十六进制）',
    text: '文本',
    copyHex: '复制十六进制',
    copyText: '复制文本',
    copied: '已复制',
    noBytes: '没有字节',
    empty: '没有未识别的报文。',
    none: '没有符合筛选的报文。',
  },
  {
    title: 'Not understood',
    explain:
      'What arrived and could not be understood, with its bytes and the reason. Its sender has been answered and does not repeat it.',
    filter: 'Filter by source, device or reason',
    at: 'When',
    source: 'Source',
    device: 'Device',
    reason: 'Reason',
    hex: 'Bytes (hex)',
    text: 'Text',
    copyHex: 'Copy hex',
    copyText: 'Copy text',
    copied: 'Copied',
    noBytes: 'No bytes',
    empty: 'Everything that arrived was understood.',
    none: 'Nothing matches the filter.',
  },
);
