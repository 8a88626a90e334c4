import { defineWords } from '../app/define-words.ts';

/** Words of the parts that several features share. */
export const partsWords = defineWords(
  {
    'plan.zoomIn': '放大',
    'plan.zoomOut': '缩小',
    'plan.whole': '全图',
    'plan.keys': '方向键在图上移动，Enter 选择，再按 Enter 进入，+ − 缩放，0 显示全图',
    'confirm.reason': '原因',
    'confirm.reasonOptional': '原因（可不填）',
    'confirm.password': '本人密码',
    'command.requested': '已登记',
    'command.sending': '发送中',
    'command.sent': '已发送，等待回读',
    'command.confirmed': '已确认执行',
    'command.failed': '未执行',
    'command.expired': '已过期，未发送',
    'command.unknown': '结果不明，请到现场确认',
    'command.by': '{{who}} {{at}}',
    'command.took': '用时 {{ms}} 毫秒',
  },
  {
    'plan.zoomIn': 'Zoom in',
    'plan.zoomOut': 'Zoom out',
    'plan.whole': 'Whole plan',
    'plan.keys':
      'Arrow keys move about the plan, Enter selects, Enter again goes on into it, + and − zoom, 0 shows the whole plan',
    'confirm.reason': 'Reason',
    'confirm.reasonOptional': 'Reason (may be empty)',
    'confirm.password': 'Your own password',
    'command.requested': 'Recorded',
    'command.sending': 'Being sent',
    'command.sent': 'Sent, waiting for the read-back',
    'command.confirmed': 'Done, confirmed',
    'command.failed': 'Not done',
    'command.expired': 'Expired, not sent',
    'command.unknown': 'Outcome unknown: look on site',
    'command.by': '{{who}} {{at}}',
    'command.took': 'took {{ms}} ms',
  },
);
