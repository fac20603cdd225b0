package webhook

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

// alert is what appendAlert writes, as a value.
func alert(i *message.Item) Alert {
	return Alert{
		Alert: i.Data(nil).Alert,
		Level: i.Level, Was: i.Was, News: i.News.String(), Reason: string(i.Reason),
		Value: rules.Number(i.Value.Float), Threshold: threshold(i), Side: i.Side.String(), Unit: i.Value.Unit,
		Episode: i.Episode, Flapping: i.Flapping, Rule: i.Rule, Source: i.Source, Held: i.Held,
	}
}

// What is written of an alert is what json.Marshal writes.
func TestAlertJSON(t *testing.T) {
	check := func(t rapid.TB, i *message.Item) {
		t.Helper()
		want, err := json.Marshal(alert(i))
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendAlert(nil, i)
		if err != nil || string(got) != string(want) {
			t.Fatalf("wrote\n %s\nwant\n %s\n%v", got, want, err)
		}
	}
	k := messagetest.Maker(t)
	for _, c := range messagetest.Cases() {
		for _, i := range k.Make(t.Context(), c.Delivery, 0).Items {
			check(t, &i)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		for _, i := range k.Make(t.Context(), messagetest.Deliveries().Draw(rt, "delivery"), 0).Items {
			check(rt, &i)
		}
	})
	check(t, &message.Item{Annotations: []message.Pair{{Name: "b", Value: "1"}, {Name: "a", Value: "<2>"}, {Name: "b", Value: "3"}}})
}
