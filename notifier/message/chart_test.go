package message_test

import (
	"testing"
	"time"

	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

// An item says which series it is about, if it is about one, and since when its
// level is so: charts are drawn by that.
func TestItemOfASeries(t *testing.T) {
	r, err := message.New(messagetest.Settings())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range messagetest.Cases() {
		m, _ := r.Render(c.Delivery, 0, nil)
		i := m.Items[0]
		switch c.Name {
		case "raised":
			if i.Whole || i.Series.Get("route") != "/pay" || i.Series.Get("cluster") != "" || !i.LevelSince.Equal(m.At.Add(-5*time.Minute)) {
				t.Errorf("%s: %v %v since %v", c.Name, i.Whole, i.Series, i.LevelSince)
			}
		case "no-data", "source-down":
			if !i.Whole {
				t.Errorf("%s: it is about a series", c.Name)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		q      message.Quantity
		digits int
		want   string
	}{
		{message.Quantity{Float: 1.23456}, 0, "1.23"},
		{message.Quantity{Float: 1.23456}, 5, "1.2346"},
		{message.Quantity{Float: 0.41234, Unit: rules.Seconds}, 4, "412.3 ms"},
		{message.Quantity{Float: 0.5, Unit: rules.Ratio}, 9, "50 %"},
	} {
		if got := c.q.Format(c.digits); got != c.want {
			t.Errorf("%v with %d digits: %q, want %q", c.q.Float, c.digits, got, c.want)
		}
	}
}
