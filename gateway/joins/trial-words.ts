import { printedNumber, typedAsPrinted } from '../contract/modbus-number.ts';
import type { Trial, TrialFault } from '../contract/trial.ts';

// What a failure of a trial means in plain English, and where to look. The console says the same in its user's language, by the codes.

type Line = NonNullable<Trial['line']>;

const hex = (code: number) => code.toString(16).padStart(2, '0').toUpperCase();

/** Where to look on a line that stays silent: whether its neighbours answer tells a bad line from a bad device. */
function silentMend({ neighbours, answering, settings, kind }: Line): string {
  if (answering > 0)
    return 'other devices on this link answer, so the line works: see whether this one has power, has this address, and whether its own A and B are swapped';
  const none = neighbours > 0 ? 'no device on this link answers; ' : '';
  switch (kind) {
    case 'tcp':
      return `${none}the connection stands: see the unit id (a device with its own Ethernet often has 1 or 255), or, behind a gateway, its serial side`;
    case 'serial-server':
      return `${none}the connection to the serial server stands: see whether it is in raw TCP mode, its own baud rate and parity, whether A and B are swapped, and the address`;
    case 'dial-in':
      return `${none}the unit has dialled in: see its own baud rate and parity, whether A and B are swapped, and the address; a slow mobile network needs a larger timeoutMs`;
    case 'serial':
      return `${none}see whether A and B are swapped, the baud rate and parity (the line is set to ${settings}), the address, and the device's power`;
  }
}

function exceptionMend({
  exception,
  function: fc,
  address,
}: Extract<TrialFault, { code: 'exception' }>): string {
  const printed = typedAsPrinted(fc, address);
  const where = `function ${fc} at address ${address}`;
  switch (exception) {
    case 1:
      return `exception 01: the device does not know function ${fc}; choose the type of its own model, or one that reads with function ${fc === 3 ? 4 : 3}`;
    case 2:
      if (printed)
        return `exception 02: the device has no register for ${where}; ${address} looks like a number as manuals print it: write ${printed.wire} (${address} less ${printed.first})`;
      return `exception 02: the device has no register for ${where}; manuals print 30001 or 40001 for address 0, so ${address} is printed as ${printedNumber(fc, address)}: compare it with the manual, and see whether this is the model of the type`;
    case 3:
      return `exception 03: the device refuses the quantity of ${where}; lower the type's maxRead`;
    case 5:
    case 6:
      return `exception ${hex(exception)}: the device is busy; try again in a moment`;
    case 10:
      return 'exception 0A: the gateway before the device has no way to it; see the serial port that this unit id is assigned to there';
    case 11:
      return 'exception 0B: the gateway before the device answers, the device behind it does not; see the unit id, its power, A and B, and baud rate and parity on the serial side of that gateway';
    default:
      return `exception ${hex(exception)} for ${where}; see the manual of the device`;
  }
}

/** What a failure means and how to mend it. `words` are those of whoever met it, where they say more than the code. */
export function trialWords(fault: TrialFault, words: string, line: Trial['line']): string {
  switch (fault.code) {
    case 'silent':
      return `no answer within ${fault.timeoutMs} ms${line ? `; ${silentMend(line)}` : ''}`;
    case 'other-unit':
      return `unit ${fault.unit} answered instead; set the device's unit id, or take ${fault.unit} as its address`;
    case 'other-meter':
      return `no answer within ${fault.timeoutMs} ms, but another meter spoke; compare the number on the meter with the address, leading zeros included`;
    case 'other-answer':
      return `${words}; see whether this is the model of the type, or a slow device that needs a larger timeoutMs`;
    case 'short':
      return 'the answer broke off; see the wiring and the ends of the line, or raise timeoutMs';
    case 'checksum':
      return 'the check sum of the answer is wrong; see parity and baud rate, whether two devices have the same address, and disturbance on the line';
    case 'noise':
      return `what came is no answer; see baud rate and parity${line?.settings ? ` (the line is set to ${line.settings})` : ''}, and whether A and B are swapped`;
    case 'not-modbus-tcp':
      return 'what comes on this connection is not Modbus TCP; a serial server in raw mode needs a link of kind bus with path tcp://host:port instead';
    case 'exception':
      return exceptionMend(fault);
    case 'refused':
      return `${words}; see whether this is the model of the type`;
    case 'nothing-heard':
      return `nothing for this device within ${fault.seconds} s; make it send (press, trip, wait for its period), and compare what is set in it with what stands here`;
    case 'taken-once-saved':
      return 'this account or address reports; no device has it yet, so its reports are taken once the device is saved';
    case 'secret-once-saved':
      return 'it signs in with a secret that it gets when it is saved; save it, set all this in it, and it shows here when it comes';
    case 'other-sender':
      return `nothing came under this account or address, but ${fault.what} reports and no device of the site has that: if it is this one, set ${fault.what} here, or set the device to what stands here`;
    case 'in-use':
      return 'the reader of this address is spoken with already, by a device of the site or by another trial; see that device, or give the new reader an address of its own';
    case 'receiver-off':
      return `the receiver that it would report to is switched off; set ${fault.variable} where the gateway is started`;
    case 'no-line':
      return fault.kind === 'camera'
        ? 'a camera has no line to the gateway: its picture is asked for once it is saved, on its page'
        : 'it has no line to the gateway: what it has recorded is uploaded, so there is nothing that could be tried';
    case 'not-brought':
      return `${fault.parent} brings nothing of what stands behind it; see whether it is the right parent for this type`;
    case 'no-value-yet':
      return `${fault.from} has no value yet; see the device that it belongs to`;
    case 'line-down':
    case 'channel':
    case 'not-carried':
    case 'not-askable':
    case 'expired':
    case 'not-understood':
    case 'unusable-value':
    case 'not-workable':
      return words;
  }
}
