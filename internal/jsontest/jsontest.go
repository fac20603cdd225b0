// Package jsontest proves that what appends itself as JSON writes what json.Marshal
// would: each field, with and without a value.
package jsontest

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// Same fails the test if a type's own JSON is another than that of json.Marshal. A
// field that was added and forgotten is found by it.
func Same[T rules.Appender](t *testing.T) {
	t.Helper()
	var zero, full T
	fill(reflect.ValueOf(&full).Elem())
	for _, v := range []T{zero, full} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%T writes\n %s\nwant\n %s", v, got, want)
		}
	}
}

// fill gives everything a value that is not zero.
func fill(v reflect.Value) {
	if ls, ok := v.Addr().Interface().(*labels.Labels); ok {
		*ls = labels.FromStrings("a", "plain", "b", "<é>\"\\\n\x01&", "c", "\xff")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.String:
		v.SetString("text <\u2028é>")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1_700_000_000_123)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(2)
	case reflect.Float64:
		v.SetFloat(-0.25)
	default:
		panic("jsontest knows no " + v.Kind().String())
	}
}
