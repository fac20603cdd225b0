package rules

import "fmt"

// A Level says how bad an alert is. Levels are ordered: OK < Warn < Error.
type Level uint8

// The levels. The zero value is harmless.
const (
	OK Level = iota
	Warn
	Error
)

// String returns ok, warn or error.
func (l Level) String() string {
	switch l {
	case OK:
		return "ok"
	case Warn:
		return "warn"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// ParseLevel reads what String writes.
func ParseLevel(s string) (Level, error) {
	for _, l := range []Level{OK, Warn, Error} {
		if s == l.String() {
			return l, nil
		}
	}
	return OK, fmt.Errorf("unknown level %q: one of ok, warn, error", s)
}

// MarshalText writes the level as its name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the level from its name.
func (l *Level) UnmarshalText(b []byte) (err error) {
	*l, err = ParseLevel(string(b))
	return err
}
