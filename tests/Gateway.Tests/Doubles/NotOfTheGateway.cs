using System.Runtime.CompilerServices;

namespace Vitrine.Gateway.Tests.Doubles;

/// <summary>Calls between grains: a gateway that makes one of them breaks a rule, and its test.</summary>
internal static class NotOfTheGateway
{
    public static Exception Call([CallerMemberName] string method = "") => new InvalidOperationException($"{method} is for silos to call; the gateway called it.");
}
