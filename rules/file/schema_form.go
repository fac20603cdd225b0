package file

import "strings"

// A form says in JSON Schema which texts a reader takes. A text may be written as a
// number or a truth value where that is what it says.
type form func() *schema

func anyText() *schema { return &schema{Type: []string{"string", "number", "boolean"}} }

// matching are texts that match a pattern; say is what is wrong with others.
func matching(say, pattern string) *schema {
	return &schema{Type: []string{"string"}, Pattern: pattern, PatternError: say}
}

func flagForm() *schema {
	s := matching("expected true or false", "^(true|True|TRUE|yes|on|false|False|FALSE|no|off)$")
	s.Type = []string{"boolean", "string"}
	return s
}

func countForm() *schema {
	s := matching("expected a whole number", "^([+]?[0-9]+|-0+)$")
	s.Type, s.Minimum = []string{"integer", "string"}, new(float64)
	return s
}

func durationForm() *schema {
	s := matching("expected a duration: 30s, 5m, 1h30m, 2d or 500ms", "^("+durationPattern()+")$")
	s.Type = []string{"string", "integer"}
	s.AllOf = []*schema{{ // 0 is the one number that needs no unit
		If:   &schema{Type: []string{"number"}},
		Then: &schema{Const: 0, Error: "say the unit, as in 30s or 5m"},
	}}
	return s
}

func positiveForm() *schema {
	s := durationForm()
	s.Type = []string{"string"}
	s.AllOf = []*schema{{Pattern: "[1-9]", PatternError: "must be more than 0"}}
	return s
}

func debounceForm() *schema {
	s := durationForm()
	s.Pattern = `^(` + durationPattern() + `|\s*[0-9]+\s+of\s+[0-9]+\s*)$`
	s.PatternError = "expected a duration such as 5m, or so many of the last evaluations such as 3 of 5"
	return s
}

// durationPattern matches 0, and numbers with units from the longest to the
// shortest, of which at least one is there.
func durationPattern() string {
	units := []string{"y", "w", "d", "h", "m", "s", "ms"}
	all := []string{"0"}
	for i, first := range units {
		p := "[0-9]+" + first
		for _, unit := range units[i+1:] {
			p += "([0-9]+" + unit + ")?"
		}
		all = append(all, p)
	}
	return strings.Join(all, "|")
}

const quantityPattern = `[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)`

func quantityForm() *schema {
	s := matching("expected a number, with a unit where the rule has one: 0.5, 300ms, 70%, 2GiB", `^\s*`+quantityPattern)
	s.Type = []string{"number", "string"}
	return s
}

func levelForm() *schema {
	s := matching("expected above 300ms, below 10, outside 10 to 20, off, or {above: 300ms, clear: 250ms, for: 2m}",
		`^(off|false|\s*((above|below|>|<)\s+)?`+quantityPattern+`.*|\s*outside\s+`+quantityPattern+`.*\sto\s+`+quantityPattern+`.*)$`)
	s.Type, s.Not = []string{"string", "number", "boolean"}, isTrue()
	return s
}

func offForm() *schema {
	s := matching("expected off, or keys", "^(off|false)$")
	s.Type, s.Not = []string{"string", "boolean"}, isTrue()
	return s
}

func isTrue() *schema { return &schema{Const: true} }

// numberForm is a number as YAML has them.
func numberForm() *schema {
	s := matching("expected a number, .inf or .nan", "^([+-]?[.](inf|Inf|INF)|[.](nan|NaN|NAN))$")
	s.Type = []string{"number", "string"}
	return s
}

// timeForm is a moment.
func timeForm() *schema {
	s := matching("expected 2026-11-22T14:00:00Z, or seconds since 1970", `^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:.*|[+-]?[0-9.]+([eE][+-]?[0-9]+)?)$`)
	s.Type = []string{"number", "string"}
	return s
}

// wordForm is one of several words.
func wordForm(words ...string) form {
	return func() *schema {
		s := &schema{Type: []string{"string"}}
		for _, w := range words {
			s.Enum = append(s.Enum, w)
		}
		return s
	}
}
