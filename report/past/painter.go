package past

import (
	"tocsin/rules"
)

// A painter writes text, coloured or not.
type painter struct{ o Options }

func (o Options) painter() painter { return painter{o} }

func (p painter) escape(code, s string) string {
	if !p.o.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p painter) bold(s string) string  { return p.escape("1", s) }
func (p painter) quiet(s string) string { return p.escape("2", s) }

func (p painter) level(l rules.Level, s string) string {
	switch l {
	case rules.Error:
		return p.escape("31", s)
	case rules.Warn:
		return p.escape("33", s)
	case rules.OK:
	}
	return p.quiet(s)
}
