package promapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
)

// maxLabels bounds the text of the labels of one series in bytes. Longer ones
// are refused as a whole, since to cut a label would merge series.
const maxLabels = 1 << 18

// ParseLabels reads the labels of a series from the JSON that the API writes,
// such as {"__name__":"up","job":"api"}. The text "" stands for no labels, as
// a scalar has none. Labels with an empty value are left out: to Prometheus
// they are not there.
func ParseLabels(raw string) (labels.Labels, error) {
	if raw == "" || raw == "{}" {
		return labels.EmptyLabels(), nil
	}
	if len(raw) > maxLabels {
		return labels.EmptyLabels(), fmt.Errorf("labels of %d bytes are refused: at most %d, they begin %q", len(raw), maxLabels, cut(raw))
	}
	b := labels.NewScratchBuilder(8)
	if !addFast(&b, raw) {
		b.Reset()
		if err := addSlow(&b, raw); err != nil {
			return labels.EmptyLabels(), fmt.Errorf("labels %q: %w", cut(raw), err)
		}
	}
	b.Sort()
	ls := b.Labels()
	if name, twice := ls.HasDuplicateLabelNames(); twice {
		return labels.EmptyLabels(), fmt.Errorf("labels %q: %q is there twice", cut(raw), cut(name))
	}
	return ls, nil
}

// addFast adds the labels of a text without space, escapes or anything odd.
func addFast(b *labels.ScratchBuilder, raw string) bool {
	if !plain(raw) {
		return false
	}
	c := scanner{text: raw}
	if !c.literal("{") {
		return false
	}
	for {
		name, ok := c.quoted()
		if !ok || !c.literal(":") {
			return false
		}
		value, ok := c.quoted()
		if !ok {
			return false
		}
		if value != "" {
			b.Add(name, value)
		}
		if !c.literal(",") {
			return c.literal("}") && c.at == len(raw)
		}
	}
}

// plain reports whether no string in the text can need unescaping.
func plain(raw string) bool {
	ascii := true
	for i := range len(raw) {
		if raw[i] < ' ' || raw[i] == '\\' {
			return false
		}
		ascii = ascii && raw[i] < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(raw)
}

// quoted steps over a string without escapes and returns what is in it.
func (c *scanner) quoted() (string, bool) {
	if !c.literal(`"`) {
		return "", false
	}
	n := strings.IndexByte(c.text[c.at:], '"')
	if n < 0 {
		return "", false
	}
	s := c.text[c.at : c.at+n]
	c.at += n + 1
	return s, true
}

// addSlow adds the labels of any JSON object of strings. It reads tokens rather
// than a map so that a label that is there twice is seen.
func addSlow(b *labels.ScratchBuilder, raw string) error {
	d := json.NewDecoder(strings.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("not a JSON object"), err)
	}
	for d.More() {
		name, err := stringToken(d)
		if err != nil {
			return err
		}
		value, err := stringToken(d)
		if err != nil {
			return err
		}
		if value != "" {
			b.Add(name, value)
		}
	}
	if _, err := d.Token(); err != nil {
		return early(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is text behind the object")
	}
	return nil
}

func stringToken(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", early(err)
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%v where a string is due", t)
	}
	return s, nil
}

func early(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends early")
	}
	return err
}
