using System.Runtime.CompilerServices;

namespace Vitrine.Grains.Tests;

/// <summary>Awaits a fact that becomes true by itself, such as one that a one-way message brings about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task True(Func<Task<bool>> fact, [CallerArgumentExpression(nameof(fact))] string what = "")
    {
        using var timer = new PeriodicTimer(Look);
        for (var started = TimeProvider.System.GetTimestamp(); !await fact();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"It never became true: {what}");
            await timer.WaitForNextTickAsync();
        }
    }

    public static Task True(Func<bool> fact, [CallerArgumentExpression(nameof(fact))] string what = "") => True(() => Task.FromResult(fact()), what);
}
