package sample

import "fmt"

// A Kind is what a sample tells.
type Kind uint8

// The kinds, in the order in which an incident would bring them.
const (
	Firing   Kind = iota // one alert is new
	Several              // some are new, one is known, one is over
	Raised               // one alert became an error
	Reminder             // nothing has changed
	Resolved             // one alert is over
	Digest               // what a budget held back
)

// Kinds returns all kinds in order.
func Kinds() []Kind { return []Kind{Firing, Several, Raised, Reminder, Resolved, Digest} }

// String returns the word for it.
func (k Kind) String() string {
	switch k {
	case Firing:
		return "firing"
	case Several:
		return "several"
	case Raised:
		return "raised"
	case Reminder:
		return "reminder"
	case Resolved:
		return "resolved"
	case Digest:
		return "digest"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// ParseKind reads what String writes.
func ParseKind(s string) (Kind, error) {
	for _, k := range Kinds() {
		if k.String() == s {
			return k, nil
		}
	}
	return Firing, fmt.Errorf("unknown kind %q of sample", s)
}
