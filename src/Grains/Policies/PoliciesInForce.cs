using Vitrine.Policies;

namespace Vitrine.Grains.Policies;

/// <summary>The policies that decide at this moment. Replaced as a whole; a decision keeps the set that it began with.</summary>
public sealed class PoliciesInForce(PolicySet first)
{
    private volatile PolicySet _current = first;
    public PolicySet Current => _current;
    public void Replace(PolicySet next) => _current = next;
}
