#!/usr/bin/perl
# labwire.pl A B DELAY_MS [LOSS_PERCENT]: makes the taps A and B and carries every frame from one to the other
# after the delay, losing some. It stands in for the kernel's netem where that is missing. The taps go with it.
use strict;
use warnings;
use Fcntl;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

use constant { TUNSETIFF => 0x400454ca, IFF_TAP => 0x0002, IFF_NO_PI => 0x1000 };
use constant { LONGEST_FRAME => 65_600, FRAMES_A_TURN => 64, LONGEST_QUEUE => 20_000 };

my ($near, $far, $delay_ms, $loss) = @ARGV;
$loss ||= 0;
my @taps = (open_tap($near), open_tap($far));
my @queues = ([], []);    # frames read from each tap, as [time to deliver, frame]

while (1) {
    my $readable = '';
    vec($readable, fileno $_, 1) = 1 for @taps;
    select $readable, undef, undef, until_next();
    for my $from (0, 1) {
        take_in($from) if vec $readable, fileno $taps[$from], 1;
    }
    deliver($_) for 0, 1;
}

sub open_tap {
    my ($name) = @_;
    sysopen my $tap, '/dev/net/tun', O_RDWR | O_NONBLOCK or die "/dev/net/tun: $!\n";
    my $request = pack 'a16 s x22', $name, IFF_TAP | IFF_NO_PI;
    ioctl $tap, TUNSETIFF, $request or die "tap $name: $!\n";
    return $tap;
}

sub until_next {    # seconds until a frame is due; undef to wait for one to arrive
    my @due = sort { $a <=> $b } map { @{$_} ? $_->[0][0] : () } @queues;
    return undef if !@due;
    my $seconds = $due[0] - clock_gettime(CLOCK_MONOTONIC);
    return $seconds > 0 ? $seconds : 0;
}

sub take_in {
    my ($from) = @_;
    for (1 .. FRAMES_A_TURN) {
        sysread $taps[$from], my $frame, LONGEST_FRAME or last;
        next if $loss && rand(100) < $loss;
        next if @{ $queues[$from] } >= LONGEST_QUEUE;
        push @{ $queues[$from] }, [clock_gettime(CLOCK_MONOTONIC) + $delay_ms / 1000, $frame];
    }
}

sub deliver {
    my ($from) = @_;
    my $now = clock_gettime(CLOCK_MONOTONIC);
    while (@{ $queues[$from] } && $queues[$from][0][0] <= $now) {
        syswrite $taps[1 - $from], (shift @{ $queues[$from] })->[1];
    }
}
