package rules

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// An Appender writes itself as JSON, exactly as json.Marshal would write it, but
// without looking at types: in a storm that is most of what a commit costs.
type Appender interface {
	AppendJSON(b []byte) ([]byte, error)
}

// Append appends what json.Marshal makes of a value, or what the value itself does.
func Append(b []byte, v any) ([]byte, error) {
	if a, ok := v.(Appender); ok {
		return a.AppendJSON(b)
	}
	whole, err := json.Marshal(v)
	return append(b, whole...), err
}

// An Object writes the fields of a JSON object one by one. Its zero value with
// bytes in B goes on from them.
type Object struct {
	B   []byte
	Err error // of the first field that can't be encoded

	open bool
}

// key begins a field; names need no escape.
func (o *Object) key(name string) {
	c := byte(',')
	if !o.open {
		c, o.open = '{', true
	}
	o.B = append(append(append(o.B, c, '"'), name...), '"', ':')
}

// End ends the object.
func (o *Object) End() ([]byte, error) {
	if !o.open {
		o.B = append(o.B, '{')
	}
	return append(o.B, '}'), o.Err
}

// String adds a text.
func (o *Object) String(name, v string) {
	o.key(name)
	o.B = appendText(o.B, v)
}

// Strings adds a list of texts. Room for all of it is made at once: it may be long.
func (o *Object) Strings(name string, all []string) {
	o.key(name)
	size := len("[]")
	for _, v := range all {
		size += len(v) + len(`"",`)
	}
	o.B = append(slices.Grow(o.B, size), '[')
	for i, v := range all {
		if i > 0 {
			o.B = append(o.B, ',')
		}
		o.B = appendText(o.B, v)
	}
	o.B = append(o.B, ']')
}

// Int adds a whole number.
func (o *Object) Int(name string, v int64) {
	o.key(name)
	o.B = strconv.AppendInt(o.B, v, 10)
}

// True adds a flag that is set.
func (o *Object) True(name string) {
	o.key(name)
	o.B = append(o.B, "true"...)
}

// Bool adds a flag.
func (o *Object) Bool(name string, v bool) {
	o.key(name)
	o.B = strconv.AppendBool(o.B, v)
}

// Null adds that there is no value.
func (o *Object) Null(name string) {
	o.key(name)
	o.B = append(o.B, "null"...)
}

// Number adds a value of a series.
func (o *Object) Number(name string, v Number) {
	o.key(name)
	o.B = append(strconv.AppendFloat(append(o.B, '"'), float64(v), 'f', -1, 64), '"')
}

// Time adds an instant.
func (o *Object) Time(name string, t model.Time) {
	o.key(name)
	o.B = append(o.B, t.String()...)
}

// Stamp adds an instant as text.
func (o *Object) Stamp(name string, t time.Time) {
	o.key(name)
	b, err := t.AppendText(append(o.B, '"'))
	if err != nil {
		o.fail(err)
		return
	}
	o.B = append(b, '"')
}

// Labels adds labels, which are sorted.
func (o *Object) Labels(name string, ls labels.Labels) {
	o.key(name)
	o.B = append(o.B, '{')
	first := true
	ls.Range(func(l labels.Label) {
		o.text(l, first)
		first = false
	})
	o.B = append(o.B, '}')
}

// Texts adds texts by their names, which the caller has sorted.
func (o *Object) Texts(name string, all []labels.Label) {
	o.key(name)
	o.B = append(o.B, '{')
	for n, l := range all {
		o.text(l, n == 0)
	}
	o.B = append(o.B, '}')
}

func (o *Object) text(l labels.Label, first bool) {
	if !first {
		o.B = append(o.B, ',')
	}
	o.B = appendText(append(appendText(o.B, l.Name), ':'), l.Value)
}

// Add adds what appends itself.
func (o *Object) Add(name string, v Appender) {
	o.key(name)
	b, err := v.AppendJSON(o.B)
	if err != nil {
		o.fail(err)
		return
	}
	o.B = b
}

// AddAll adds what appends itself as a list, unless there is none.
func AddAll[T Appender](o *Object, name string, all []T) {
	if len(all) == 0 {
		return
	}
	o.key(name)
	for i, v := range all {
		c := byte(',')
		if i == 0 {
			c = '['
		}
		b, err := v.AppendJSON(append(o.B, c))
		if err != nil {
			o.fail(err)
			return
		}
		o.B = b
	}
	o.B = append(o.B, ']')
}

// Any adds anything, as json.Marshal does.
func (o *Object) Any(name string, v any) {
	o.key(name)
	b, err := json.Marshal(v)
	if err != nil {
		o.fail(err)
	}
	o.B = append(o.B, b...)
}

func (o *Object) fail(err error) {
	if o.Err == nil {
		o.Err = err
	}
}

// appendText quotes a text. What is not plain is left to encoding/json.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always can be
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
