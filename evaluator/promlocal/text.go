package promlocal

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
)

// labelsJSON writes labels as Prometheus' API does.
func labelsJSON(ls labels.Labels) string {
	b := append(make([]byte, 0, 128), '{')
	ls.Range(func(l labels.Label) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendString(b, l.Name)
		b = append(b, ':')
		b = appendString(b, l.Value)
	})
	return string(append(b, '}'))
}

// appendString writes a JSON string; most need no escapes.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			quoted, _ := json.Marshal(s) // a string always can be
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
