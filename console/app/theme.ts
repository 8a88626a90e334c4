import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Modal,
  PasswordInput,
  Select,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core';

/** Almost grey: controls may not compete with alarms, which alone have saturated colour (ISA-101 §8). */
const steel: MantineColorsTuple = [
  '#eef0f2',
  '#dde1e4',
  '#c3c9ce',
  '#a5aeb5',
  '#87939c',
  '#66737d',
  '#47545e',
  '#3a4650',
  '#2d3740',
  '#1f272e',
];

const dark: MantineColorsTuple = [
  '#e3e6e8',
  '#c6cbcf',
  '#a9b1b8',
  '#6d7780',
  '#4a525a',
  '#383f46',
  '#2c3136',
  '#22262a',
  '#1b1e22',
  '#14171a',
];

export const theme = createTheme({
  primaryColor: 'steel',
  primaryShade: { light: 7, dark: 6 },
  colors: { steel, dark },
  black: '#15181b',
  fontFamily: '"Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "Segoe UI", sans-serif',
  fontFamilyMonospace: '"Noto Sans Mono CJK SC", Consolas, Menlo, monospace',
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 3,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        transitionProps: { duration: 0 },
        overlayProps: { backgroundOpacity: 0.35 },
      },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, transitionProps: { duration: 0 } } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'sm' } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: 'sm' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'sm' } }),
    Select: Select.extend({
      defaultProps: { size: 'sm', comboboxProps: { transitionProps: { duration: 0 } } },
    }),
  },
});

/** Mantine's own colours on our ground; our tokens stand in tokens.css. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#e6e8e9',
    '--mantine-color-text': '#15181b',
    '--mantine-color-dimmed': '#474f56',
    '--mantine-color-placeholder': '#5a636a',
    '--mantine-color-error': '#15181b',
    '--mantine-color-default': '#f4f5f5',
    '--mantine-color-default-hover': '#ffffff',
    '--mantine-color-default-border': '#8d969d',
  },
  dark: {
    '--mantine-color-body': '#22262a',
    '--mantine-color-text': '#e3e6e8',
    '--mantine-color-dimmed': '#a9b1b8',
    '--mantine-color-placeholder': '#98a1a8',
    '--mantine-color-error': '#e3e6e8',
    '--mantine-color-default': '#2c3136',
    '--mantine-color-default-hover': '#363c42',
    '--mantine-color-default-border': '#636d75',
  },
});
