namespace Vitrine.Grains.Events;

/// <summary>Times as the store keeps them.</summary>
public static class StoredTime
{
    /// <summary>PostgreSQL keeps microseconds. A finer time would be rounded by one reader and cut by another, and a view would not equal its rebuilt self.</summary>
    public static DateTimeOffset ToMicroseconds(this DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
}
