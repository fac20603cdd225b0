package rules_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/rules"
)

// What an Object writes is what json.Marshal writes.
func TestObject(t *testing.T) {
	type plain struct {
		Text   string        `json:"text"`
		Int    int64         `json:"int"`
		Flag   bool          `json:"flag"`
		Number rules.Number  `json:"number"`
		Time   model.Time    `json:"time"`
		Labels labels.Labels `json:"labels"`
		Any    []string      `json:"any"`
		Bool   bool          `json:"bool"`
		Null   *string       `json:"null"`
		Stamp  time.Time     `json:"stamp"`
		Texts  labels.Labels `json:"texts"`
		List   []string      `json:"list"`
	}
	text := rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) })
	rapid.Check(t, func(t *rapid.T) {
		p := plain{
			Text: text.Draw(t, "text"), Int: rapid.Int64().Draw(t, "int"), Flag: true,
			Number: rules.Number(rapid.Float64().Draw(t, "number")), Time: model.Time(rapid.Int64Range(-1e15, 1e15).Draw(t, "time")),
			Labels: labels.FromMap(rapid.MapOf(text, text).Draw(t, "labels")), Any: []string{text.Draw(t, "any")},
			Bool: rapid.Bool().Draw(t, "bool"), Stamp: time.Unix(0, rapid.Int64().Draw(t, "stamp")).UTC(),
			Texts: labels.FromMap(rapid.MapOf(text, text).Draw(t, "texts")), List: append([]string{}, rapid.SliceOf(text).Draw(t, "list")...),
		}
		var o rules.Object
		o.String("text", p.Text)
		o.Int("int", p.Int)
		o.True("flag")
		o.Number("number", p.Number)
		o.Time("time", p.Time)
		o.Labels("labels", p.Labels)
		o.Any("any", p.Any)
		o.Bool("bool", p.Bool)
		o.Null("null")
		o.Stamp("stamp", p.Stamp)
		var texts []labels.Label
		p.Texts.Range(func(l labels.Label) { texts = append(texts, l) })
		o.Texts("texts", texts)
		o.Strings("list", p.List)
		got, err := o.End()
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("wrote\n %s\nwant\n %s", got, want)
		}
	})
}

// A year that RFC 3339 has no room for is an error, as it is to json.Marshal.
func TestObjectStamp(t *testing.T) {
	at := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := json.Marshal(at); err == nil {
		t.Fatal("json.Marshal takes it")
	}
	var o rules.Object
	o.Stamp("at", at)
	if b, err := o.End(); err == nil {
		t.Errorf("wrote %s", b)
	}
}
