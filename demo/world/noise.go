package world

import (
	"hash/fnv"
	"math"

	"github.com/prometheus/common/model"
)

// noise is a smooth line between -1 and 1 that takes a new turn every so many
// seconds. It is a function of its name and the time.
func noise(name string, at model.Time, every int64) float64 {
	period := every * 1000
	n := int64(at) / period
	part := float64(int64(at)%period) / float64(period)
	ease := part * part * (3 - 2*part)
	return turn(name, n)*(1-ease) + turn(name, n+1)*ease
}

// turn is a number between -1 and 1 that is a hash of a name and a count.
func turn(name string, n int64) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	v := h.Sum64() + uint64(n)*0x9e3779b97f4a7c15
	// The finalizer of SplitMix64: neighbours get nothing of one another.
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	v ^= v >> 31
	return float64(v>>11)/(1<<52) - 1
}

// day is the swing of traffic over a day, between -1 in the early morning and 1
// in the afternoon, UTC.
func day(at model.Time) float64 {
	const ms = 24 * 60 * 60 * 1000
	return -math.Cos(2 * math.Pi * float64((int64(at)-4*60*60*1000)%ms) / ms)
}

// logNormal is the share of requests that take no longer than x, when half take
// no longer than the median.
func logNormal(x, median, spread float64) float64 {
	return 0.5 * math.Erfc(-math.Log(x/median)/(spread*math.Sqrt2))
}
